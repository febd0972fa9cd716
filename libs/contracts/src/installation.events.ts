import { z } from 'zod';

export const installationFoundedV1 = z.object({ installation_id: z.string() });
