// The station's clock as this phone knows it.
//
// A ping sent at `sent` and answered at `received` (both performance.now(), ms) with the station's
// time tells the offset between the clocks to half the round trip, whatever way the two halves were
// split. The smallest round trip is the best; it grows stale as the clocks drift apart.

const DRIFT = 50e-6; // seconds per second; crystals of phones and computers keep to about this
const OLDEST_S = 120;
const JUMP_S = 0.05;
const WALL_ERROR_S = 0.02; // of the wall clock between two loads of the page

export class StationClock {
  // `wall`: what the station's clock was ahead of the wall clock when this page was last open, and
  // the error of that; null when nobody knows.
  constructor(wall) {
    this.samples = [];
    this.wall = wall;
    this.skew = skew();
  }

  add(sent, received, station_s) {
    this.forgetAfterJump();
    const rtt_s = (received - sent) / 1000;
    if (rtt_s < 0) return;
    const offset_s = station_s - (sent + received) / 2000;
    this.samples.push({ at: received, offset_s, error_s: rtt_s / 2 });
    this.samples = this.samples.filter((one) => received - one.at < OLDEST_S * 1000);
    const { offset_s: best_s, error_s } = this.best(received);
    this.wall = { ahead_s: best_s - this.skew, error_s };
  }

  best(at) {
    const aged = this.samples.map(({ at: then, offset_s, error_s }) => ({
      offset_s,
      error_s: error_s + DRIFT * Math.abs(at - then) / 1000,
    }));
    return aged.reduce((a, b) => (b.error_s < a.error_s ? b : a));
  }

  // The station's time in seconds at `at` (performance.now(), ms), and its error; null: unknown.
  time(at) {
    this.forgetAfterJump();
    if (this.samples.length > 0) {
      const { offset_s, error_s } = this.best(at);
      return { time_s: at / 1000 + offset_s, error_s };
    }
    if (this.wall === null) return null;
    const time_s = at / 1000 + skew() + this.wall.ahead_s;
    return { time_s, error_s: this.wall.error_s + WALL_ERROR_S };
  }

  // While a phone sleeps performance.now() may stand still: what was measured before is void.
  forgetAfterJump() {
    const now = skew();
    if (Math.abs(now - this.skew) > JUMP_S) this.samples = [];
    this.skew = now;
  }
}

function skew() {
  return (Date.now() - performance.now()) / 1000;
}

// When a touch happened (performance.now(), ms): the browser's own time stamp, which does not wait
// for this script, where it is of the same clock.
export function moment(event) {
  const now = performance.now();
  const stamp = event.timeStamp;
  return stamp <= now && now - stamp < 1000 ? stamp : now;
}
