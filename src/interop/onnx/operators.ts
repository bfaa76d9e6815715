// The operators that an imported ONNX model may consist of: those that compute an answer from the inputs alone.

/**
 * ONNX 1.23, ai.onnx and ai.onnx.ml, without what draws random numbers (the same row must give the same answer), reads
 * images, trains, or hands out what is no tensor (ZipMap, sequences of maps, optionals). Loop, Scan and If stay: what they may
 * take is bounded by the time limit and the memory of the thread. com.microsoft stays out: its kernels are those of optimized
 * files, and no checker of ONNX knows them.
 */
const ALLOWED: Readonly<Record<string, ReadonlySet<string>>> = {
  'ai.onnx': new Set(
    `Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization BitCast BitShift
    BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike CausalConvWithState Ceil Celu CenterCropPad Clip Col2Im Compress
    Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv
    DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten
    Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual
    GridSample GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If InstanceNormalization
    IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual LinearAttention Log LogSoftmax Loop LpNormalization LpPool MatMul
    MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Neg
    NonMaxSuppression NonZero Not OneHot Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN
    Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
    ReduceSumSquare RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round STFT Scan Scatter
    ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength
    SequenceMap Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split SplitToSequence
    Sqrt Squeeze StringConcat StringNormalizer StringSplit Sub Sum SwiGLU Swish
    Tan Tanh TensorScatter TfIdfVectorizer ThresholdedRelu Tile TopK
    Transpose Trilu Unique Unsqueeze Upsample Where Xor`.split(/\s+/),
  ),
  'ai.onnx.ml': new Set(
    `ArrayFeatureExtractor Binarizer CategoryMapper FeatureVectorizer Imputer LabelEncoder LinearClassifier LinearRegressor
    Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier
    TreeEnsembleRegressor`.split(/\s+/),
  ),
}

/** Why an operator is not taken; undefined of one that is. domain: '' is ai.onnx. */
export function refusalOfOperator(domain: string, operator: string): string | undefined {
  const named = domain === '' ? 'ai.onnx' : domain
  if (ALLOWED[named]?.has(operator) === true) return undefined
  if (operator === 'ZipMap') return `${named}:ZipMap gives maps: convert with zipmap=False`
  return `${named}:${operator} is not among the operators that are taken`
}
