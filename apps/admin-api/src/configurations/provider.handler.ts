import type { ProviderDescription } from '#libs/object-store';
import type { Kit } from '../kit.js';

/** The kinds of places where targets and managed buckets can be. */
export class ProviderHandler {
  constructor(private readonly kit: Pick<Kit, 'objects'>) {}

  list(): readonly ProviderDescription[] {
    return this.kit.objects.providers.descriptions;
  }
}
