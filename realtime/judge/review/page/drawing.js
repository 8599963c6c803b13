// What both drawings share.

export const NOT_SEEN = -32768;
export const COLOURS = {
  left: "#6db3ff",
  right: "#ffb454",
  both: "#7fdc9a",
  miss: "#ff8080",
  flag: "#ffe066",
  removed: "#8793a0",
  beep: "#e6e6fa",
  ink: "#f2f5f8",
  faint: "#a3b0bc",
  line: "#36414c",
  ground: "#171d23",
};

// A context in CSS pixels of a canvas that is as sharp as the screen.
export function canvasSize(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio || 1;
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) [canvas.width, canvas.height] = [wide, tall];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}
