// The frame with the skeletons and what was marked in it.

import { COLOURS, NOT_SEEN, canvasSize } from "./drawing.js";

export const ZOOMS = ["whole", "athlete", "feet"];

export class Picture {
  constructor(canvas, session, tracks) {
    Object.assign(this, { canvas, session, tracks });
    this.zoom = 0;
    const { joints } = session;
    this.ankles = { left: joints.indexOf("left_ankle"), right: joints.indexOf("right_ankle") };
    this.hips = [joints.indexOf("left_hip"), joints.indexOf("right_hip")];
  }

  draw({ frame, image, athlete, mark }) {
    const { context, width, height } = canvasSize(this.canvas);
    context.clearRect(0, 0, width, height);
    const part = this.part(frame, athlete, width / height);
    const scale = Math.min(width / part.width, height / part.height);
    context.save();
    context.translate((width - part.width * scale) / 2, (height - part.height * scale) / 2);
    context.beginPath();
    context.rect(0, 0, part.width * scale, part.height * scale);
    context.clip();
    context.scale(scale, scale);
    context.translate(-part.x, -part.y);
    if (image) context.drawImage(image, 0, 0, this.session.width, this.session.height);
    for (const [number, track] of this.tracks) {
      this.skeleton(context, track, frame, number === athlete, 1 / scale);
    }
    const track = this.tracks.get(athlete);
    if (track && mark) this.contact(context, track, frame, mark, 1 / scale);
    context.restore();
  }

  // The part of the picture that is shown, in its pixels.
  part(frame, athlete, aspect) {
    const { width, height } = this.session;
    const track = this.tracks.get(athlete);
    const around = track && this.zoom > 0 ? this.around(track, frame) : null;
    if (!around) return { x: 0, y: 0, width: width || 1280, height: height || 720 };
    const tall = around.leg * (ZOOMS[this.zoom] === "feet" ? 1.3 : 3);
    const below = ZOOMS[this.zoom] === "feet" ? 0.8 * around.leg : 0.1 * around.leg;
    const wide = tall * aspect;
    return { x: around.x - wide / 2, y: around.y + below - tall / 2, width: wide, height: tall };
  }

  // Middle of the hips over half a second before and after, and the length of the leg.
  around(track, frame) {
    const { times } = this.session;
    const found = [];
    for (let at = frame; at >= 0 && times[frame] - times[at] < 0.5; at -= 1) found.push(at);
    for (let at = frame; at < times.length && times[at] - times[frame] < 0.5; at += 1) {
      found.push(at);
    }
    let [x, y, leg, n] = [0, 0, 0, 0];
    for (const at of found) {
      const hips = this.hips.map((joint) => this.point(track, at, joint)).filter(Boolean);
      const feet = Object.values(this.ankles)
        .map((joint) => this.point(track, at, joint))
        .filter(Boolean);
      if (hips.length === 0 || feet.length === 0) continue;
      x += hips[0].x / 2 + hips.at(-1).x / 2;
      y += hips[0].y / 2 + hips.at(-1).y / 2;
      leg = Math.max(leg, ...feet.map((foot) => foot.y - hips[0].y));
      n += 1;
    }
    return n > 0 && leg > 0 ? { x: x / n, y: y / n, leg } : null;
  }

  skeleton(context, track, frame, meant, pixel) {
    const { joints, limbs } = this.session;
    for (const [one, other] of limbs) {
      const from = this.point(track, frame, one);
      const to = this.point(track, frame, other);
      if (!from || !to) continue;
      const names = [joints[one], joints[other]];
      const left = names.every((name) => name.startsWith("left"));
      const right = names.every((name) => name.startsWith("right"));
      context.strokeStyle = !meant ? "#9aa" : left ? COLOURS.left : right ? COLOURS.right : "#fff";
      context.lineWidth = (meant ? 3 : 1.5) * pixel;
      context.globalAlpha = meant ? 0.9 : 0.5;
      context.setLineDash(left && meant ? [7 * pixel, 4 * pixel] : []);
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  // A ring about the foot that landed, with its letter.
  contact(context, track, frame, mark, pixel) {
    const sides = mark.foot === "left" || mark.foot === "right" ? [mark.foot] : ["left", "right"];
    for (const side of sides) {
      const at = this.point(track, frame, this.ankles[side]);
      if (!at) continue;
      const colour = mark.kind === "miss" ? COLOURS.miss : COLOURS[side];
      context.strokeStyle = mark.standing === "removed" ? COLOURS.removed : colour;
      context.lineWidth = 4 * pixel;
      context.setLineDash(mark.flagged ? [6 * pixel, 5 * pixel] : []);
      context.beginPath();
      context.arc(at.x, at.y, 20 * pixel, 0, 7);
      if (mark.standing === "removed") {
        context.moveTo(at.x - 26 * pixel, at.y + 26 * pixel);
        context.lineTo(at.x + 26 * pixel, at.y - 26 * pixel);
      }
      context.stroke();
      context.setLineDash([]);
      const letter = mark.kind === "miss" ? "✕" : side[0].toUpperCase();
      context.font = `700 ${22 * pixel}px system-ui`;
      context.lineWidth = 5 * pixel;
      context.strokeStyle = "#000";
      context.fillStyle = mark.standing === "removed" ? COLOURS.removed : colour;
      context.textAlign = side === "left" ? "left" : "right";
      const x = at.x + (side === "left" ? 28 : -28) * pixel;
      context.strokeText(letter, x, at.y + 8 * pixel);
      context.fillText(letter, x, at.y + 8 * pixel);
    }
  }

  point(track, frame, joint) {
    const at = 2 * (frame * this.session.joints.length + joint);
    const x = track.joints[at];
    return x === NOT_SEEN || x === undefined ? null : { x, y: track.joints[at + 1] };
  }
}
