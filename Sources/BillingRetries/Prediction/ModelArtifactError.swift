/// Why a model's file is of no use. Until there is one that is, the rules decide.
package enum ModelArtifactError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing(path: String)
    case empty
    case notAnArtifact
    /// - Parameter expected: Bytes after the first line; `nil` if not even that is whole.
    case truncated(found: Int, expected: Int?)
    case overlong(found: Int, expected: Int)
    case changed(recorded: ModelDigest, found: ModelDigest)
    case otherDigest(expected: ModelDigest, found: ModelDigest)
    case unreadableMetadata(String)
    case missingPart(ModelPart)
    case unreadablePart(ModelPart, reason: String)
    case unknownFormat(String, known: String)
    case otherFeatures(String)
    /// Whole and unchanged, yet the engine won't have it.
    case refused(String)

    package var description: String {
        switch self {
        case .missing(let path):
            "\(path): there is no such model file; restore it from a backup, or train a model with `hindsight billing train`"
        case .empty: "the model file is empty; \(Self.restore)"
        case .notAnArtifact: "this is no model file of Hindsight; give one that `hindsight billing train` wrote"
        case .truncated(let found, let expected?): "the model file is cut: \(found) of \(expected) bytes are there; \(Self.restore)"
        case .truncated(_, nil): "the model file is cut within its first line; \(Self.restore)"
        case .overlong(let found, let expected): "the model file has \(found - expected) bytes too many; \(Self.restore)"
        case .changed(let recorded, let found):
            "the model file was changed after it was written: its digest is \(found) and should be \(recorded); \(Self.restore)"
        case .otherDigest(let expected, let found):
            "this is model \(found), and the log names \(expected); give that model's file, or promote this one"
        case .unreadableMetadata(let reason): "the model file's metadata cannot be read (\(reason)); \(Self.retrain)"
        case .missingPart(let part): "the model file has no part \(part.rawValue); \(Self.retrain)"
        case .unreadablePart(let part, let reason):
            "the part \(part.rawValue) of the model file cannot be read (\(reason)); \(Self.retrain)"
        case .unknownFormat(let format, let known): "the model is in the format \(format), and only \(known) is read here; \(Self.retrain)"
        case .otherFeatures(let difference): "the model was trained on other features: \(difference); \(Self.retrain)"
        case .refused(let reason): "the model cannot be loaded (\(reason)); \(Self.retrain)"
        }
    }

    private static let restore = "restore it from a backup, or roll back to another model"
    private static let retrain = "train again with this version of hindsight, or roll back to another model"
}
