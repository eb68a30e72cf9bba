// A small site that draws its visitors' photos: node site.mjs http://localhost:8330 fns_...
import { createServer } from 'node:http';

const [service, token, port = '8340'] = process.argv.slice(2);
const page = `<!doctype html><title>Painted photos</title>
<form><input type="file" name="photo" accept="image/*" required><button>Paint</button>
  <input type="hidden" name="options" value='{"style":"wave"}'></form>
<progress hidden max="1"></progress><p></p><img hidden style="max-width: 100%"><script>
  const [form, bar, text, image] = ['form', 'progress', 'p', 'img'].map((name) => document.querySelector(name));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const job = await (await fetch('/paint', { method: 'POST', body: new FormData(form) })).json();
    if (job.error) return (text.textContent = job.error.message);
    const events = new EventSource(new URL(job.events, '${service}'));
    events.addEventListener('job', ({ data }) => {
      const { state, progress, error, results } = JSON.parse(data);
      [bar.hidden, bar.value, text.textContent] = [state === 'done', progress?.share ?? 0, error?.message ?? state];
      if (results[0]) [image.hidden, image.src] = [false, new URL(results[0].url, '${service}')];
      if (!['queued', 'running'].includes(state)) events.close();
    });
  };
</script>`;
// The token stays here: visitors get links, which hold for an hour and for one job.
createServer(async (request, response) => {
  if (request.method !== 'POST') return response.setHeader('content-type', 'text/html').end(page);
  const headers = { authorization: `Bearer ${token}`, 'content-type': request.headers['content-type'] };
  const init = { method: 'POST', headers, body: request, duplex: 'half' };
  const job = await fetch(`${service}/v1/jobs/picture`, init);
  response.writeHead(job.status, { 'content-type': 'application/json' }).end(await job.text());
}).listen(Number(port), () => console.log(`http://localhost:${port}`));
