import { testHostPackages } from './host/base.js'

/** For `startHost`: the packages of a host that can be a domain controller. Another base, 20 to 40 s once. */
export const sambaPackages: readonly string[] = [
  ...testHostPackages,
  'samba',
  'samba-ad-dc',
  'samba-ad-provision',
  'winbind',
  'ldb-tools',
]
