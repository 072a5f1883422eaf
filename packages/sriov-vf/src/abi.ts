/** Numbers that are fixed by the kernel's headers and by the 82576's data sheet. */

/** linux/vfio.h of Linux 6.1: _IO(';', 100 + n) */
const vfioCall = (number: number) => (0x3b << 8) | (100 + number);
export const VFIO_GET_API_VERSION = vfioCall(0);
export const VFIO_SET_IOMMU = vfioCall(2);
export const VFIO_GROUP_GET_STATUS = vfioCall(3);
export const VFIO_GROUP_SET_CONTAINER = vfioCall(4);
export const VFIO_GROUP_GET_DEVICE_FD = vfioCall(6);
export const VFIO_DEVICE_GET_REGION_INFO = vfioCall(8);
export const VFIO_IOMMU_MAP_DMA = vfioCall(13);

export const VFIO_API_VERSION = 0;
export const VFIO_TYPE1_IOMMU = 1;
export const VFIO_GROUP_FLAGS_VIABLE = 1;
export const VFIO_PCI_BAR0_REGION_INDEX = 0;
export const VFIO_PCI_CONFIG_REGION_INDEX = 7;
export const VFIO_DMA_MAP_READ_WRITE = 3;

/** struct vfio_group_status */
export const groupStatus = { bytes: 8, flags: 4 } as const;
/** struct vfio_region_info */
export const regionInfo = { bytes: 32, index: 8, size: 16, offset: 24 } as const;
/** struct vfio_iommu_type1_dma_map */
export const dmaMap = { bytes: 32, flags: 4, address: 8, iova: 16, size: 24 } as const;

/** PCI Local Bus Specification 3.0, 6.2: the command register and two of its bits. */
export const pciCommandAt = 4;
export const pciMemorySpace = 1 << 1;
export const pciBusMaster = 1 << 2;

/**
 * Registers of a virtual function, byte offsets into BAR 0: Intel 82576 data sheet 2.8, section
 * 8.26, as in drivers/net/ethernet/intel/igbvf/regs.h of Linux 6.1.
 */
export const register = {
  CTRL: 0x0000,
  STATUS: 0x0008,
  VMBMEM: 0x0800,
  V2PMAILBOX: 0x0c40,
  RDBAL: 0x2800,
  RDBAH: 0x2804,
  RDLEN: 0x2808,
  SRRCTL: 0x280c,
  RDH: 0x2810,
  RDT: 0x2818,
  RXDCTL: 0x2828,
  TDBAL: 0x3800,
  TDBAH: 0x3804,
  TDLEN: 0x3808,
  TDH: 0x3810,
  TDT: 0x3818,
  TXDCTL: 0x3828,
} as const;

export const CTRL_RST = 1 << 26;
export const STATUS_LU = 1 << 1;

/** V2PMAILBOX, igbvf/mbx.h. */
export const mailbox = {
  REQ: 0x01,
  ACK: 0x02,
  VFU: 0x04,
  PFSTS: 0x10,
  PFACK: 0x20,
  RSTI: 0x40,
  RSTD: 0x80,
  readToClear: 0xb0,
} as const;

/** Messages to the physical function, igbvf/mbx.h. */
export const VF_RESET = 0x01;
export const VF_SET_LPE = 0x05;
export const MESSAGE_ACK = 0x8000_0000;
export const MESSAGE_NACK = 0x4000_0000;

/** SRRCTL: packet buffers in KiB, advanced descriptors of one buffer, drop when none is free. */
export const SRRCTL_BUFFER_2_KIB = 2;
export const SRRCTL_ADVANCED_ONE_BUFFER = 1 << 25;
export const SRRCTL_DROP_EN = 1 << 31;

/** RXDCTL and TXDCTL: enable, and the thresholds of descriptor fetch and write-back. */
export const QUEUE_ENABLE = 1 << 25;
export const thresholds = (prefetch: number, host: number, writeBack: number) =>
  prefetch | (host << 8) | (writeBack << 16);

/**
 * Advanced descriptors, igbvf/vf.h: four 32-bit words. Receive, as we write it: buffer address, two
 * words of header address (0). As the device writes it back: ..., status at word 2, length in the
 * low half of word 3. Transmit: buffer address, command and length, total length; status back in
 * word 3.
 */
export const descriptorBytes = 16;
export const RECEIVE_DD = 1;
export const TRANSMIT_DD = 1;
export const TRANSMIT_DATA = 0x0030_0000;
export const TRANSMIT_EOP = 0x0100_0000;
export const TRANSMIT_IFCS = 0x0200_0000;
export const TRANSMIT_RS = 0x0800_0000;
export const TRANSMIT_DEXT = 0x2000_0000;
export const TRANSMIT_PAYLEN_SHIFT = 14;
