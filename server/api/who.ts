import type { FastifyRequest } from 'fastify';
import type { Who } from '../operator/operator.ts';
import { whoRuns } from '../run/plans.ts';

/** Who asks, as the guard has found out; whoever came by the link is the user that started the server. */
export function whoAsks(request: FastifyRequest): Who {
  const { user } = request as { readonly user?: { readonly name: string } | null };
  return { name: user?.name ?? whoRuns() };
}
