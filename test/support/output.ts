import type { Output } from '../../src/config/outputs/outputs.js'

/** An output of these fragments, `00-x.njk`, `10-x.njk` …, as if read from `/t`. */
export function sampleOutput(format: 'json' | 'text', ...texts: string[]): Output {
  const fragments = texts.map((text, index) => ({
    name: `${index}0-x.njk`,
    path: `/t/${index}0-x.njk`,
    text,
  }))
  const definition: Output['definition'] = {
    format,
    path: '/etc/out',
    mode: '0600',
    owner: 'root',
    check: 'none',
    services: [],
    description: '',
  }
  return { name: 'out', definition, fragments }
}
