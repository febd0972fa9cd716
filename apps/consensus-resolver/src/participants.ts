import { placeOf, type ChainNode } from '#libs/chain';
import type { LiveEnvironment, NodeDescription } from '#libs/domain';
import { isOurs, toCodedError, type CodedError } from '#libs/kernel';
import { endpointOf, openNode, type ServicePorts } from '#libs/services';

/** A node that takes part in an agreement, or why it can't be asked: one that can't must not stop the others. */
export type Participant = Readonly<{
  description: NodeDescription;
  node: ChainNode | undefined;
  fault: CodedError | undefined;
  /** Equal for nodes that one URL reaches. */
  place: string | undefined;
}>;
export type Participants = ReadonlyMap<string, Participant>;

/** Opens the monitor and the validators of an environment by their ids. Rejects for a fault of ours only. */
export const openParticipants = async (
  environment: LiveEnvironment,
  ports: Pick<ServicePorts, 'nodes' | 'vault'>,
): Promise<Participants> => {
  const described = [...environment.nodes.values()].filter(({ role }) => role !== 'other');
  const opened = await Promise.all(
    described.map(async (description): Promise<Participant> => {
      try {
        const place = placeOf(await endpointOf(description, ports.vault));
        const node = await openNode(description, environment, ports);
        return { description, node, fault: undefined, place };
      } catch (error) {
        if (isOurs(error)) throw error;
        return { description, node: undefined, fault: toCodedError(error), place: undefined };
      }
    }),
  );
  return new Map(opened.map((each) => [each.description.nodeId, each]));
};
