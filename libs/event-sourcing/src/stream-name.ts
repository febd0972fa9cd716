/** What comes before the first dash: streams are called `<category>-<id>`, and only ids may contain dashes. */
export const categoryOfStream = (stream: string): string => stream.split('-', 1)[0] ?? stream;

/** What comes after the first dash. */
export const idOfStream = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
