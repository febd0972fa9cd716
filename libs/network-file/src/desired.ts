import type { LocalPlaces } from '#libs/object-store';
import type { Controller } from './schema.js';

export type Json = Readonly<Record<string, unknown>>;

/** One thing the service should hold: where it is created and where it lies, and the fields the file says. */
export type DesiredResource = Readonly<{
  kind: 'consortium' | 'member' | 'environment' | 'node' | 'target';
  id: string;
  /** Path of its list, from the API's base; a POST there creates it. */
  list: string;
  /** What the file says, as the API takes it, without `_id`. What it does not say is never compared. */
  fields: Json;
  /** What a creation needs beside that: names where the file gives none. */
  initial: Json;
}>;

/** A part of an environment that is always there: it is changed, never created. */
export type DesiredPart = Readonly<{
  kind: 'backup' | 'genesis';
  id: string;
  path: string;
  fields: Json;
}>;

/** What a network file asks for, in the order in which it can be created. */
export type DesiredNetwork = Readonly<{
  consortiumId: string;
  resources: readonly DesiredResource[];
  parts: readonly DesiredPart[];
  /** Kept on this machine; they never go over the API. */
  controllers: Readonly<Record<string, Controller>>;
  /** What the server allows the API, if this file is its own. It never goes over the API either. */
  places: LocalPlaces;
}>;
