/** How all charts look. */
export const look = {
  background: 'white',
  padding: 16,
  config: {
    font: 'Helvetica, Arial, sans-serif',
    title: { fontSize: 16, subtitleFontSize: 12, subtitleColor: '#555', anchor: 'start', offset: 14 },
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#eee' },
    legend: { labelFontSize: 12, title: null, orient: 'top-left', symbolSize: 120 },
    view: { stroke: null },
  },
} as const;

export const colours = { plain: '#1b1b1b', accent: '#d1495b' } as const;

/** `1,234` */
export const whole = (value: number) => Math.round(value).toLocaleString('en');
