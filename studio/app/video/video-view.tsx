export default function VideoView() {
  return null;
}
