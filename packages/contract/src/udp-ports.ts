/**
 * UDP ports of the carrier `udp`: the forwarder receives the tester's frames on the first, and
 * sends them to the second.
 */
export const ingressUdpPort = 8192;
export const egressUdpPort = 8193;
