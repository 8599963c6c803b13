// Heights over time with every mark, and the whole session below in small.

import { COLOURS, canvasSize } from "./drawing.js";
import { drawBeep, drawClick, drawMark } from "./symbols.js";

const LEFT_EDGE = 74; // for the names of the rows
const MARKS_TALL = 58;
const CLICKS_TALL = 11; // for each judge
const WHOLE_TALL = 34;
const GAP = 5;
const LEAST_SPAN_S = 0.5;
const NUMBERED_PX = 17; // marks further apart than this have their count
const CLICK_PX = 4; // a pointer that moved less did not drag

export class Plot {
  // `seek` is called with the time that was pointed at.
  constructor(canvas, session, seek, changed) {
    Object.assign(this, { canvas, session, seek, changed });
    const { times } = session;
    this.first = times[0] ?? 0;
    this.last = Math.max(times.at(-1) ?? 0, this.first + LEAST_SPAN_S);
    this.span = Math.min(5, this.last - this.first);
    this.begin = this.first;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  get width() {
    return this.canvas.clientWidth - LEFT_EDGE;
  }

  x(t) {
    return LEFT_EDGE + ((t - this.begin) / this.span) * this.width;
  }

  timeAt(x) {
    return this.begin + ((x - LEFT_EDGE) / this.width) * this.span;
  }

  wholeX(t) {
    return LEFT_EDGE + ((t - this.first) / (this.last - this.first)) * this.width;
  }

  // Bring `t` into the middle unless it is well in view.
  follow(t) {
    const place = (t - this.begin) / this.span;
    if (place < 0.12 || place > 0.88) this.show(t - this.span / 2);
  }

  show(begin) {
    const room = 0.5 * this.span; // so that the ends can be in the middle
    this.begin = Math.max(this.first - room, Math.min(begin, this.last + room - this.span));
  }

  zoom(factor, t) {
    const whole = this.last - this.first;
    const span = Math.max(LEAST_SPAN_S, Math.min(this.span * factor, whole));
    const place = (t - this.begin) / this.span;
    this.span = span;
    this.show(t - place * span);
  }

  draw({ state, time, athlete, track, selected }) {
    const { context: c, width, height } = canvasSize(this.canvas);
    const judges = [...new Set(state.clicks.map((click) => click.judge))];
    const rows = this.rows(height, judges.length);
    c.fillStyle = COLOURS.ground;
    c.fillRect(0, 0, width, height);
    c.font = "12px system-ui";
    this.grid(c, rows);
    c.save();
    c.beginPath();
    c.rect(LEFT_EDGE, 0, width - LEFT_EDGE, rows.whole.top - 2);
    c.clip();
    if (track) this.curves(c, rows, track);
    for (const beep of state.beeps) drawBeep(c, beep, this.x(beep.time_s), rows);
    this.marks(c, rows, state.marks.filter((mark) => mark.athlete === athlete), selected);
    for (const click of state.clicks) {
      const x = this.x(click.time_s);
      if (x > 0 && x < width) drawClick(c, click, x, rows.clicks[judges.indexOf(click.judge)]);
    }
    playhead(c, this.x(time), 0, rows.whole.top - 2);
    c.restore();
    this.names(c, rows, judges);
    this.whole(c, rows.whole, state, time, athlete);
  }

  rows(height, judges) {
    const marks = { top: 2, bottom: MARKS_TALL };
    const clicks = [];
    let top = marks.bottom + GAP;
    for (let judge = 0; judge < judges; judge += 1) {
      clicks.push({ top, bottom: top + CLICKS_TALL });
      top += CLICKS_TALL + 1;
    }
    const whole = { top: height - WHOLE_TALL, bottom: height - 2 };
    const bottom = whole.top - 18; // the seconds
    const split = top + (bottom - top) * 0.68;
    return {
      marks,
      clicks,
      feet: { top: top + GAP, bottom: split },
      hips: { top: split + GAP, bottom },
      whole,
    };
  }

  grid(c, rows) {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60].find(
      (each) => (each / this.span) * this.width > 60,
    ) ?? 120;
    c.strokeStyle = COLOURS.line;
    c.fillStyle = COLOURS.faint;
    c.lineWidth = 1;
    c.textAlign = "center";
    for (let n = Math.ceil(this.begin / step); n * step < this.begin + this.span; n += 1) {
      const x = Math.round(this.x(n * step)) + 0.5;
      c.globalAlpha = 0.55;
      line(c, x, rows.marks.bottom, x, rows.hips.bottom);
      c.globalAlpha = 1;
      c.fillText(`${(n * step).toFixed(step < 1 ? 1 : 0)} s`, x, rows.whole.top - 6);
    }
    for (const row of [rows.feet, rows.hips]) {
      line(c, LEFT_EDGE, row.bottom, this.canvas.clientWidth, row.bottom);
    }
  }

  // Frames in view, with one more at each side.
  inView() {
    const { times } = this.session;
    let from = times.findIndex((t) => t >= this.begin);
    if (from < 0) return [0, 0];
    let to = from;
    while (to < times.length && times[to] <= this.begin + this.span) to += 1;
    from = Math.max(0, from - 1);
    return [from, Math.min(times.length, to + 1)];
  }

  curves(c, rows, track) {
    const [from, to] = this.inView();
    const feet = extent([track.left, track.right], from, to, 0.25);
    const hips = extent([track.hips], from, to, 0.12);
    this.curve(c, rows.hips, track.hips, hips, "#c9d3dc", [2, 3], from, to);
    this.curve(c, rows.feet, track.right, feet, COLOURS.right, [], from, to);
    this.curve(c, rows.feet, track.left, feet, COLOURS.left, [6, 3], from, to);
  }

  curve(c, row, values, [low, high], colour, dash, from, to) {
    const { times } = this.session;
    c.strokeStyle = colour;
    c.lineWidth = 2;
    c.setLineDash(dash);
    c.beginPath();
    let pen = false;
    for (let at = from; at < to; at += 1) {
      const value = values[at];
      if (Number.isNaN(value)) {
        pen = false;
        continue;
      }
      const x = this.x(times[at]);
      const y = row.bottom - 2 - ((value - low) / (high - low)) * (row.bottom - row.top - 4);
      if (pen) c.lineTo(x, y);
      else c.moveTo(x, y);
      pen = true;
    }
    c.stroke();
    c.setLineDash([]);
  }

  marks(c, rows, marks, selected) {
    let numbered = -Infinity;
    for (const mark of marks) {
      const x = this.x(mark.time_s);
      if (x < LEFT_EDGE - 20 || x > this.canvas.clientWidth + 20) continue;
      const counts = mark.standing !== "removed" && mark.verdict === "counted";
      const number = counts && x - numbered > NUMBERED_PX ? mark.count : null;
      if (number !== null) numbered = x;
      drawMark(c, mark, x, rows, { number, selected: mark === selected });
    }
  }

  names(c, rows, judges) {
    c.textAlign = "right";
    const put = (text, y, colour) => {
      c.fillStyle = colour;
      c.fillText(text, LEFT_EDGE - 8, y);
    };
    put("right ▲", rows.marks.top + 21, COLOURS.right);
    put("left ▼", rows.marks.bottom - 3, COLOURS.left);
    judges.forEach((judge, at) => {
      const name = judge.length > 9 ? `${judge.slice(0, 8)}…` : judge;
      put(name, rows.clicks[at].bottom - 1, COLOURS.faint);
    });
    const middle = (rows.feet.top + rows.feet.bottom) / 2;
    put("feet", middle - 15, COLOURS.ink);
    put("── right", middle, COLOURS.right);
    put("╌╌ left", middle + 15, COLOURS.left);
    put("body ┈┈", (rows.hips.top + rows.hips.bottom) / 2 + 4, "#c9d3dc");
    put("all", rows.whole.bottom - 10, COLOURS.faint);
  }

  whole(c, row, state, time, athlete) {
    c.fillStyle = "#0b0f13";
    c.fillRect(LEFT_EDGE, row.top, this.width, row.bottom - row.top);
    for (const beep of state.beeps) {
      c.strokeStyle = COLOURS.beep;
      line(c, this.wholeX(beep.time_s), row.top, this.wholeX(beep.time_s), row.bottom);
    }
    for (const mark of state.marks) {
      if (mark.athlete !== athlete) continue;
      const x = this.wholeX(mark.time_s);
      const removed = mark.standing === "removed";
      const special = mark.flagged || mark.kind === "miss" || mark.standing !== "machine";
      c.strokeStyle = removed ? COLOURS.removed : COLOURS[mark.foot] ?? COLOURS.miss;
      if (mark.flagged && !removed) c.strokeStyle = COLOURS.flag;
      c.lineWidth = special ? 2.5 : 1;
      c.globalAlpha = special ? 1 : 0.6;
      line(c, x, special ? row.top + 2 : row.top + 15, x, row.bottom - 3);
    }
    c.globalAlpha = 1;
    c.lineWidth = 1.5;
    c.strokeStyle = COLOURS.faint;
    const [from, to] = [this.wholeX(this.begin), this.wholeX(this.begin + this.span)];
    c.strokeRect(from, row.top + 0.5, to - from, row.bottom - row.top - 1);
    playhead(c, this.wholeX(time), row.top, row.bottom);
  }

  down(event) {
    const whole = event.offsetY >= this.canvas.clientHeight - WHOLE_TALL;
    this.drag = { x: event.offsetX, begin: this.begin, whole, moved: false };
    this.canvas.setPointerCapture(event.pointerId);
    if (whole) this.seekWhole(event.offsetX);
  }

  move(event) {
    if (!this.drag) return;
    const by = event.offsetX - this.drag.x;
    this.drag.moved ||= Math.abs(by) >= CLICK_PX;
    if (this.drag.whole) {
      this.seekWhole(event.offsetX);
    } else if (this.drag.moved) {
      this.show(this.drag.begin - (by / this.width) * this.span);
      this.changed();
    }
  }

  up(event) {
    if (this.drag && !this.drag.whole && !this.drag.moved && event.offsetX >= LEFT_EDGE) {
      this.seek(this.timeAt(event.offsetX));
    }
    this.drag = null;
  }

  seekWhole(x) {
    const place = (x - LEFT_EDGE) / this.width;
    this.seek(this.first + place * (this.last - this.first));
  }

  wheel(event) {
    event.preventDefault();
    const turned = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      this.zoom(1.002 ** turned, this.timeAt(event.offsetX));
    } else {
      this.show(this.begin + (turned / 1000) * this.span);
    }
    this.changed();
  }
}

function extent(curves, from, to, least) {
  let [low, high] = [Infinity, -Infinity];
  for (const values of curves) {
    for (let at = from; at < to; at += 1) {
      if (values[at] < low) low = values[at];
      if (values[at] > high) high = values[at];
    }
  }
  if (high < low) return [0, 1];
  const missing = Math.max(0, least - (high - low)) / 2;
  return [low - missing, high + missing];
}

function line(c, x1, y1, x2, y2) {
  c.beginPath();
  c.moveTo(x1, y1);
  c.lineTo(x2, y2);
  c.stroke();
}

function playhead(c, x, top, bottom) {
  c.strokeStyle = "#fff";
  c.lineWidth = 2;
  line(c, x, top, x, bottom);
}
