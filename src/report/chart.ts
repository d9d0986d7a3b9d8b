import type { TopLevelSpec } from 'vega-lite';

/**
 * Draws a Vega-Lite specification as SVG, in this process and without a browser. The library is loaded only
 * when something is drawn.
 */
export async function drawChart(specification: TopLevelSpec): Promise<string> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new View(parse(compile(specification).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
