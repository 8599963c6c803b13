// The film's sound while it plays: pieces of it, each begun at its moment of the picture. At half
// speed it is an octave lower, as a tape is. It follows the picture, which leaves no frame out: where
// that cannot keep up, there is no sound until it is played anew or slower.

const PIECE_S = 4;
const KEPT = 30; // pieces
const APART_S = 0.09; // sound further from the picture than this begins anew
const MOST_ANEW = 4; // times in so many seconds; more is a stutter
const ANEW_S = 2;

export class Sound {
  // `silent` says why there is none; empty: there is. `say` tells the reviewer something.
  constructor(silent, player, say) {
    Object.assign(this, { silent, player, say });
    this.on = silent === "";
    this.context = null;
    this.pieces = new Map(); // promises by number
    this.begun = []; // when it began lately
    this.lost = null; // the rate at which the picture could not keep up
    this.playing = null; // {t, at, rate, sources, next}: the film's time t is heard at `at`
  }

  toggle() {
    this.on = !this.on;
    [this.begun, this.lost] = [[], null];
    this.follow();
  }

  // Called whenever the picture or its speed has changed.
  follow() {
    const { player, playing } = this;
    if (!player.playing) [this.begun, this.lost] = [[], null];
    if (this.lost !== player.rate) this.lost = null;
    if (!this.on || !player.playing || player.waiting || this.lost) return this.stop();
    if (playing === null) return this.start();
    const heard = playing.t + (this.now - playing.at) * playing.rate;
    const apart = Math.abs(heard - player.due) / playing.rate;
    const begun = this.now >= playing.at;
    if (playing.rate !== player.rate || (begun && apart > APART_S)) {
      this.stop();
      this.start();
    } else {
      this.ahead(playing);
    }
  }

  // The context's time of what is heard now: the device's queue is behind.
  get now() {
    return this.context.currentTime - (this.context.outputLatency || 0);
  }

  start() {
    this.context ??= new AudioContext();
    this.context.resume();
    this.begun = [...this.begun.slice(1 - MOST_ANEW), this.now];
    if (this.begun.length === MOST_ANEW && this.now - this.begun[0] < ANEW_S) {
      [this.begun, this.lost] = [[], this.player.rate];
      return this.say("no sound: the picture cannot keep up here; 2 plays at half speed");
    }
    const { due: t, rate } = this.player;
    const playing = { t, rate, at: this.now, sources: [], next: Math.floor(t / PIECE_S) };
    this.playing = playing;
    this.ahead(playing);
  }

  // Have the piece that is heard and the next one in the device's queue.
  async ahead(playing) {
    if (playing.busy) return;
    playing.busy = true;
    const due = () => playing.t + (this.now - playing.at) * playing.rate + PIECE_S / 2;
    while (this.playing === playing && playing.next * PIECE_S <= due()) {
      const number = playing.next;
      playing.next += 1;
      const piece = await this.piece(number);
      if (piece === null || this.playing !== playing) continue;
      const source = new AudioBufferSourceNode(this.context, {
        buffer: piece,
        playbackRate: playing.rate,
      });
      source.connect(this.context.destination);
      const begin = playing.at + (number * PIECE_S - playing.t) / playing.rate;
      const late = Math.max(0, this.context.currentTime - begin);
      if (late * playing.rate < piece.duration) source.start(begin + late, late * playing.rate);
      playing.sources.push(source);
    }
    playing.busy = false;
  }

  stop() {
    for (const source of this.playing?.sources ?? []) source.disconnect();
    this.playing = null;
  }

  piece(number) {
    const known = this.pieces.get(number) ?? this.load(number);
    this.pieces.delete(number);
    this.pieces.set(number, known);
    while (this.pieces.size > KEPT) this.pieces.delete(this.pieces.keys().next().value);
    return known;
  }

  async load(number) {
    try {
      const answer = await fetch(`/sound?from=${number * PIECE_S}&seconds=${PIECE_S}`);
      if (!answer.ok) return null;
      return await this.context.decodeAudioData(await answer.arrayBuffer());
    } catch {
      return null; // the review has ended at its station: the picture says so
    }
  }
}
