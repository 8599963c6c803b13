// Marks as symbols: which foot by place, shape and letterless colour; what is uncertain is hollow
// with a question mark, what was removed is struck through, what was added has a plus.

import { COLOURS } from "./drawing.js";

const SIZE = 8;

export function drawMark(c, mark, x, rows, { number, selected }) {
  const removed = mark.standing === "removed";
  const colour = removed ? COLOURS.removed : COLOURS[mark.foot] ?? COLOURS.miss;
  const y = rows.marks.top + { right: 18, both: 32, left: 46 }[mark.foot ?? "both"];
  c.strokeStyle = colour;
  c.globalAlpha = removed ? 0.35 : 0.5;
  c.lineWidth = 1;
  stroke(c, [[x, y + SIZE], [x, rows.hips.bottom]]);
  c.globalAlpha = 1;
  if (selected) {
    c.strokeStyle = "#fff";
    c.lineWidth = 2;
    c.strokeRect(x - SIZE - 4, y - SIZE - 4, 2 * SIZE + 8, 2 * SIZE + 8);
  }
  c.strokeStyle = c.fillStyle = colour;
  c.lineWidth = 2.5;
  if (mark.kind === "miss") {
    stroke(c, [[x - SIZE, y - SIZE], [x + SIZE, y + SIZE]]);
    stroke(c, [[x - SIZE, y + SIZE], [x + SIZE, y - SIZE]]);
  } else {
    outline(c, mark.foot, x, y);
    if (mark.flagged || removed) {
      c.strokeStyle = removed ? COLOURS.removed : COLOURS.flag;
      c.stroke();
    } else {
      c.fill();
    }
  }
  c.textAlign = "center";
  if (mark.flagged && !removed) label(c, "?", x, y + 4, COLOURS.flag, "700 11px system-ui");
  if (removed) {
    c.strokeStyle = COLOURS.ink;
    c.lineWidth = 2;
    stroke(c, [[x - SIZE - 4, y + SIZE + 2], [x + SIZE + 4, y - SIZE - 2]]);
  }
  if (mark.standing === "added") {
    label(c, "+", x + SIZE + 5, y - 1, COLOURS.ink, "700 15px system-ui");
  }
  if (number !== null) {
    const above = mark.foot === "left" ? y - SIZE - 3 : y - SIZE - 1;
    label(c, `${number}`, x, above, COLOURS.ink, "600 11px system-ui");
  }
}

export function drawBeep(c, beep, x, rows) {
  c.strokeStyle = c.fillStyle = COLOURS.beep;
  c.lineWidth = 2;
  c.setLineDash([10, 4]);
  stroke(c, [[x, rows.marks.top], [x, rows.hips.bottom]]);
  c.setLineDash([]);
  c.textAlign = "left";
  c.fillText(`${beep.kind} beep`, x + 5, rows.feet.top + 9);
}

// A judge's click; one that was taken back is a ring.
export function drawClick(c, click, x, row) {
  c.strokeStyle = COLOURS.ink;
  c.lineWidth = 2;
  if (click.by === 1) {
    stroke(c, [[x, row.top + 1], [x, row.bottom - 1]]);
  } else {
    c.beginPath();
    c.arc(x, (row.top + row.bottom) / 2, 4, 0, 7);
    c.stroke();
  }
}

function outline(c, foot, x, y) {
  const shapes = {
    right: [[0, -1], [1, 0.8], [-1, 0.8]],
    left: [[0, 1], [1, -0.8], [-1, -0.8]],
    both: [[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]],
  };
  c.beginPath();
  for (const [dx, dy] of shapes[foot]) c.lineTo(x + SIZE * dx, y + SIZE * dy);
  c.closePath();
}

function stroke(c, points) {
  c.beginPath();
  for (const [x, y] of points) c.lineTo(x, y);
  c.stroke();
}

function label(c, text, x, y, colour, font) {
  const before = c.font;
  c.font = font;
  c.lineWidth = 3;
  c.strokeStyle = COLOURS.ground;
  c.strokeText(text, x, y);
  c.fillStyle = colour;
  c.fillText(text, x, y);
  c.font = before;
}
