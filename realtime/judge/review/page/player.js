// Which frame is shown: by steps, by time, and while it plays. No frame that is shown at its speed
// is left out: where pictures come late, it plays slower.

const AHEAD = 24;
const AROUND = 4;
const SHOWN_PER_S = 62; // of a film with more frames, the screen cannot show all at full speed

export class Player {
  // `times` of the frames in seconds; `film` null: nothing to wait for. `changed` is called when
  // another frame is shown, or when playing starts or stops.
  constructor(times, film, changed) {
    Object.assign(this, { times, film, changed });
    this.frame = 0;
    this.playing = false;
    this.rate = 1;
    this.began = null; // {frame time, moment} from which the clock runs
    this.waiting = false; // for a picture
  }

  get time() {
    return this.times[this.frame] ?? 0;
  }

  // The film's time now, between two frames.
  get due() {
    if (!this.began) return this.time;
    return this.began.time + ((performance.now() - this.began.now) / 1000) * this.rate;
  }

  // The number of the frame nearest to `t`.
  frameAt(t) {
    let low = 0;
    let high = this.times.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= t) low = middle;
      else high = middle;
    }
    return t - this.times[low] <= this.times[high] - t ? low : high;
  }

  go(frame) {
    this.frame = Math.max(0, Math.min(this.times.length - 1, frame));
    this.began = null;
    this.prefetch();
    this.changed();
  }

  toggle() {
    this.playing = !this.playing;
    this.began = null;
    this.waiting = false;
    if (this.playing) {
      if (this.frame >= this.times.length - 1) this.frame = 0;
      requestAnimationFrame((now) => this.tick(now));
    }
    this.changed();
  }

  pause() {
    if (this.playing) this.toggle();
  }

  setRate(rate) {
    this.rate = rate;
    this.began = null;
    this.changed();
  }

  get stride() {
    const perS = this.times.length / Math.max(this.times.at(-1) - this.times[0], 1e-3);
    return Math.max(1, Math.round((perS * this.rate) / SHOWN_PER_S));
  }

  tick(now) {
    if (!this.playing) return;
    requestAnimationFrame((next) => this.tick(next));
    this.began ??= { time: this.time, now };
    const due = this.began.time + ((now - this.began.now) / 1000) * this.rate;
    const { stride } = this;
    let next = this.frame;
    while (next + stride < this.times.length && this.times[next + stride] <= due + 0.004) {
      next += stride;
      if (this.film === null) continue;
      break; // one picture after the other
    }
    if (next === this.frame) {
      if (this.frame + stride >= this.times.length) this.toggle();
      return;
    }
    if (this.film !== null && !this.film.has(next)) {
      this.began = null; // wait for it, and go on from there
      this.prefetch();
      if (!this.waiting) {
        this.waiting = true;
        this.changed();
      }
      return;
    }
    if (due - this.times[next] > 0.1) this.began = { time: this.times[next], now };
    this.frame = next;
    this.waiting = false;
    this.prefetch();
    this.changed();
  }

  prefetch() {
    if (this.film === null) return;
    const wanted = [this.frame];
    const { stride } = this;
    if (this.playing) {
      for (let n = 1; n <= AHEAD; n += 1) wanted.push(this.frame + n * stride);
    } else {
      for (let n = 1; n <= AROUND; n += 1) wanted.push(this.frame + n, this.frame - n);
    }
    this.film.want(wanted);
  }
}
