#!/usr/bin/env node
import { main } from '../main.js'

process.exitCode = await main('teamchatd', process.argv.slice(2))
