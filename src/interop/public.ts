// The public entry ml-worker/interop: what the class of imported models is made of. docs/library.md lists every export; a test
// compares. Nothing inside src/ imports this file.
export { ImportedPipeline, NOT_TRAINED } from './imported-pipeline.ts'
