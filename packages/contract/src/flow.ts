/**
 * The addresses and ports of a flow. Flow f has a source in 198.18.0.0/16 and a destination in
 * 198.19.0.0/16 (RFC 2544, C.2.2), which CSIT varies, and UDP ports that differ too (RFC 4814,
 * 4.5). No host number is 0 or 65535.
 */

/** The flow number in a frame has 16 bits. */
export const flowsMax = 65_536;
export const flowHostsMax = 65_534;
export const firstSourcePort = 1024;
export const firstDestinationPort = 2048;

/** Of a UDP datagram of flow 0 to 65535. */
export function flowAddresses(flow: number) {
  const host = flow < flowHostsMax ? flow + 1 : flow + 1 - flowHostsMax;
  const [high, low] = [host >>> 8, host & 0xff];
  return {
    sourceIpv4: `198.18.${high}.${low}`,
    // Its bytes the other way round: no symmetric hash takes the destination for the source.
    destinationIpv4: `198.19.${low}.${high}`,
    sourcePort: firstSourcePort + (flow & 0x3fff),
    destinationPort: firstDestinationPort + (flow >>> 8),
  };
}
