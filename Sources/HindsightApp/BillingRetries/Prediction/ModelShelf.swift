package import BillingRetries
import Foundation
import GradientBoosting
import Synchronization

/// The artifacts of trained models, each in a file of its own under its digest: `models/<digest>.model` beside the log.
///
/// A file is written once and never changed; the log knows it by its digest, so a file that was cut, changed or lost is found out when it
/// is read, and the rules decide until it is restored.
package final class ModelShelf: Sendable {
    package let folder: String
    /// A model is read once: its trees take tens of milliseconds to build.
    private let models = Mutex<[ModelDigest: LearnedRetryModel]>([:])

    /// - Parameter logFolder: Of the embedded log.
    package init(logFolder: String) { folder = "\(logFolder)/models" }

    package func path(of digest: ModelDigest) -> String { "\(folder)/\(digest).model" }

    /// Keeps an artifact, power-safe once this returns; one that is there already stays as it is.
    package func store(_ artifact: ModelArtifact) throws {
        let path = path(of: artifact.digest)
        if case .success = Result(catching: { try self.artifact(artifact.digest) }) { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let draft = "\(path).\(getpid()).part"
        try Data(artifact.fileBytes).write(to: URL(filePath: draft))
        try Self.flush(draft)
        guard rename(draft, path) == 0 else { throw ModelFileError(path: path, what: "cannot be put in its place") }
        try Self.flush(folder)
    }

    /// - Throws: ``ModelArtifactError`` for anything but the whole, unchanged file of that digest.
    package func artifact(_ digest: ModelDigest) throws(ModelArtifactError) -> ModelArtifact {
        let path = path(of: digest)
        guard let content = FileManager.default.contents(atPath: path) else { throw .missing(path: path) }
        return try ModelArtifact(file: Array(content), expecting: digest)
    }

    /// The model, read from its file the first time.
    ///
    /// - Throws: ``ModelArtifactError``.
    package func model(_ digest: ModelDigest) throws(ModelArtifactError) -> LearnedRetryModel {
        if let known = models.withLock({ $0[digest] }) { return known }
        let artifact = try artifact(digest)
        let model = try LearnedRetryModel(artifact, trees: GradientBoostedTrees(artifact))
        models.withLock { $0[digest] = model }
        return model
    }

    private static func flush(_ path: String) throws(ModelFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ModelFileError(path: path, what: "cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw ModelFileError(path: path, what: "cannot be flushed") }
    }
}

/// Why a model could not be kept: disk and permissions, in the system's words.
package struct ModelFileError: Error, CustomStringConvertible {
    package let description: String

    init(path: String, what: String) { description = "\(path) \(what): \(String(cString: strerror(errno)))" }
}
