// The files of a static site, answering as the API does.
export class StaticSource {
  static async open() {
    throw new Error("not yet");
  }
}
