// Runs in the page before anything else: notes when things are asked and shown.
// Times are those of the events themselves and of the drawing calls, on the
// page's own clock, so that the driver's latency does not count.
window.bench = { draws: [], views: [], rows: [], events: [] };

for (const type of [WebGLRenderingContext, WebGL2RenderingContext]) {
  for (const name of [
    'drawArrays',
    'drawElements',
    'drawArraysInstanced',
    'drawElementsInstanced'
  ]) {
    const draw = type.prototype[name];
    if (draw) {
      type.prototype[name] = function (...rest) {
        window.bench.draws.push(performance.now());
        return draw.apply(this, rest);
      };
    }
  }
}

for (const type of ['dblclick', 'click', 'keydown', 'pointermove']) {
  addEventListener(
    type,
    event => window.bench.events.push({ type, at: event.timeStamp }),
    { capture: true }
  );
}

new MutationObserver(records => {
  const at = performance.now();
  for (const { target, addedNodes } of records) {
    const view = target.getAttribute?.('data-view');
    if (view && target.getAttribute('data-state') === 'ready') {
      window.bench.views.push({ at, view });
    }
    const rows = [...addedNodes].some(
      node => node.querySelector?.('[role=treeitem]') ?? false
    );
    if (rows || [...addedNodes].some(node => node.role === 'treeitem')) {
      window.bench.rows.push(at);
    }
  }
}).observe(document, {
  subtree: true,
  childList: true,
  attributes: true,
  attributeFilter: ['data-view', 'data-state']
});

performance.setResourceTimingBufferSize(100000);
