// Types of elements as ONNX Runtime names them, and as the Open Inference Protocol does.

/** All that onnxruntime-web takes and the protocol has a name for. Not among them: bfloat16, 4 and 8 bit floats, 4 bit integers, complex numbers. */
export const DATATYPE_OF_TYPE: ReadonlyMap<string, string> = new Map([
  ['float32', 'FP32'],
  ['float64', 'FP64'],
  ['float16', 'FP16'],
  ['int64', 'INT64'],
  ['int32', 'INT32'],
  ['int16', 'INT16'],
  ['int8', 'INT8'],
  ['uint64', 'UINT64'],
  ['uint32', 'UINT32'],
  ['uint16', 'UINT16'],
  ['uint8', 'UINT8'],
  ['bool', 'BOOL'],
  ['string', 'BYTES'],
])

export const TYPE_OF_DATATYPE: ReadonlyMap<string, string> = new Map(
  [...DATATYPE_OF_TYPE].map(([type, datatype]) => [datatype, type]),
)
