// Runs in the page before anything else: notes when requests leave and replies
// arrive. Times are milliseconds since 1970, as the probes in the kernel have them.
window.wire = { sent: [], arrived: [] };

{
  const REQUEST =
    /"kind":\s*"request",\s*"id":\s*"([^"]+)",\s*"type":\s*"(\w+)"/;
  const REPLY = /"kind":\s*"reply",\s*"id":\s*"([^"]+)",\s*"status":\s*"(\w+)"/;
  const HEAD = 16384;
  const now = () => performance.timeOrigin + performance.now();

  const head = data =>
    typeof data === 'string'
      ? data.slice(0, HEAD)
      : new TextDecoder('latin1').decode(
          new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0).slice(
            0,
            HEAD
          )
        );

  const note = (list, pattern, data, size) => {
    const found = data instanceof Blob ? null : pattern.exec(head(data));
    if (found) {
      list.push({ id: found[1], what: found[2], at: now(), size });
    }
  };

  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) =>
        note(window.wire.arrived, REPLY, data, data.byteLength ?? data.length)
      );
    }

    send(data) {
      note(window.wire.sent, REQUEST, data, data.byteLength ?? data.length);
      super.send(data);
    }
  };
}
