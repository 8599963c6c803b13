// The frames as pictures: asked for by number, a few ahead, the last ones kept.

const KEPT = 150;
const AT_ONCE = 4; // requests; the server decodes one after the other

export class Film {
  // `loaded` is called with the number of each picture that has come.
  constructor(count, loaded) {
    this.count = count;
    this.loaded = loaded;
    this.pictures = new Map(); // by number, the last used last
    this.asked = new Set();
    this.wanted = [];
    this.broken = new Map(); // why, by number
  }

  // The picture, or undefined while it is not here.
  get(number) {
    const picture = this.pictures.get(number);
    if (picture !== undefined) {
      this.pictures.delete(number);
      this.pictures.set(number, picture);
    }
    return picture;
  }

  has(number) {
    return this.pictures.has(number) || this.broken.has(number);
  }

  // Load these next, in this order; what was wanted before is forgotten.
  want(numbers) {
    this.wanted = numbers.filter(
      (n) => n >= 0 && n < this.count && !this.has(n) && !this.asked.has(n),
    );
    this.ask();
  }

  ask() {
    while (this.asked.size < AT_ONCE && this.wanted.length > 0) {
      this.load(this.wanted.shift());
    }
  }

  async load(number) {
    this.asked.add(number);
    try {
      const answer = await fetch(`/frame/${number}`);
      if (answer.ok) this.keep(number, await createImageBitmap(await answer.blob()));
      else this.broken.set(number, await answer.text());
    } catch {
      this.broken.set(number, "no picture: the review has ended at its station");
      setTimeout(() => this.broken.delete(number), 2000);
    }
    this.asked.delete(number);
    this.loaded(number);
    this.ask();
  }

  keep(number, picture) {
    this.pictures.set(number, picture);
    while (this.pictures.size > KEPT) {
      const [oldest, old] = this.pictures.entries().next().value;
      this.pictures.delete(oldest);
      old.close();
    }
  }
}
