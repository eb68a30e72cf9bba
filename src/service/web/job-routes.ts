/** `/v1/jobs`: making, reading, cancelling and removing jobs. */
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { JOB_KINDS } from '../job-kinds.js';
import { cancelJob, deleteJob } from '../records/end-job.js';
import { jobOfRequest, listJobs, readJob } from '../records/job.js';
import { jobPrefix } from '../records/places.js';
import type { App } from './app.js';
import type { WebContext } from './context.js';
import { errorSchema, notFound } from './errors.js';
import { newJob } from './new-job.js';
import { receiveJob } from './receive-job.js';
import { jobSchema, jobView } from './views.js';

const params = z.object({ id: z.uuid() });
const tags = ['jobs'];
const headers = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .describe('a name of your own for the job: a request that is sent again with it makes no second one'),
});

/** A request for a job: one of the kinds. */
const request = z.discriminatedUnion(
  'kind',
  Object.values(JOB_KINDS).map((kind) =>
    z.strictObject({
      kind: z.literal(kind.name).describe(kind.description),
      inputs: kind.inputs.describe('ids of uploads, or of results'),
      options: kind.options.prefault({}),
    }),
  ) as unknown as [z.ZodObject<{ kind: z.ZodLiteral; inputs: z.ZodObject; options: z.ZodObject }>],
);

/** Adds the routes. */
export function jobRoutes(app: App, context: WebContext): void {
  const { ledger, links, storage } = context;
  const { database } = ledger;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const response = { default: errorSchema };

  routes.post(
    '/v1/jobs',
    {
      schema: {
        ...{ tags, summary: 'Make a job', body: request, headers },
        response: { 201: jobSchema, ...response },
      },
    },
    async ({ body, token, headers }, reply) => {
      const made = await newJob(
        context,
        token!,
        { ...(body as never as Parameters<typeof newJob>[2]) },
        headers['idempotency-key'],
      );
      return reply.status(201).send(await jobView(database, links, made));
    },
  );

  routes.post(
    '/v1/jobs/:kind',
    {
      schema: {
        ...{ tags, summary: 'Upload files and make a job of them', consumes: ['multipart/form-data'] },
        description:
          'A form: each file is a part with the name of its role (`photo`), options are JSON in the part `options`.',
        params: z.object({ kind: z.enum(Object.keys(JOB_KINDS) as [string]) }),
        headers,
        response: { 201: jobSchema, ...response },
      },
    },
    async (request, reply) => {
      const token = request.token!;
      const key = request.headers['idempotency-key'];
      // What was received before is not received, and counted, again.
      const sent = await jobOfRequest(database, token.owner, key);
      const made =
        sent ?? (await newJob(context, token, await receiveJob(context, request, request.params.kind), key));
      return reply.status(201).send(await jobView(database, links, made));
    },
  );

  routes.get(
    '/v1/jobs',
    {
      schema: {
        ...{ tags, summary: 'Your jobs, the newest first' },
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(100).default(20),
          before: z.uuid().optional().describe('the id of a job: those made before it'),
          state: jobSchema.shape.state.optional(),
        }),
        response: { 200: z.object({ jobs: z.array(jobSchema) }), ...response },
      },
    },
    async ({ query, token }) => {
      const jobs = await listJobs(database, token!.owner, query);
      return { jobs: await Promise.all(jobs.map((job) => jobView(database, links, job))) };
    },
  );

  routes.get(
    '/v1/jobs/:id',
    { schema: { tags, summary: 'A job', params, response: { 200: jobSchema, ...response } } },
    async ({ params, token }) => {
      const job = await readJob(database, params.id, token!.owner);
      if (!job) throw notFound('job');
      return jobView(database, links, job);
    },
  );

  routes.post(
    '/v1/jobs/:id/cancel',
    {
      schema: {
        ...{ tags, summary: 'Cancel a job', params },
        description:
          'One that waits ends at once, one that runs within seconds; one that has ended stays as it is.',
        response: { 202: jobSchema, ...response },
      },
    },
    async ({ params, token }, reply) => {
      if (!(await cancelJob(ledger, params.id, token!.owner))) throw notFound('job');
      const job = await readJob(database, params.id, token!.owner);
      if (!job) throw notFound('job');
      return reply.status(202).send(await jobView(database, links, job));
    },
  );

  routes.delete(
    '/v1/jobs/:id',
    {
      schema: {
        ...{ tags, summary: 'Remove a job with its results', params },
        description: 'One that waits or runs is cancelled.',
        response: { 204: z.null().describe('it is removed'), ...response },
      },
    },
    async ({ params, token }, reply) => {
      if (!(await deleteJob(ledger, params.id, token!.owner))) throw notFound('job');
      await storage.remove(jobPrefix(params.id));
      return reply.status(204).send(null);
    },
  );
}
