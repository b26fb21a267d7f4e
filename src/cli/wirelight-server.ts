#!/usr/bin/env node
/** The same for the process that is the server: `wirelight-server`. */
import './main.ts';
