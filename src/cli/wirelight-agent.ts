#!/usr/bin/env node
/** The same for the process that is the agent: `wirelight-agent`. */
import './main.ts';
