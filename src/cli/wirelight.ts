#!/usr/bin/env node
/** The command line. Who runs this is called `wirelight` where processes are named, Wirelight's own map included. */
import './main.ts';
