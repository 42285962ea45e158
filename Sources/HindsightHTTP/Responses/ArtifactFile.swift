import AudienceJobs
import Foundation
import HindsightCore

/// A job's file in the shared directory, read in pieces.
final class ArtifactFile: Sendable {
    private let handle: FileHandle
    private static let pieceBytes = 256 << 10

    /// - Throws: `unknown-resource` for a file that is gone; it may have been tidied up.
    init(_ artifact: JobRow.Artifact, in folder: String) throws {
        // The path was checked before it was recorded; a link put in its place since must not lead elsewhere.
        let root = URL(filePath: folder).resolvingSymlinksInPath().path + "/"
        let path = URL(filePath: folder).appending(path: artifact.path).resolvingSymlinksInPath().path
        guard path.hasPrefix(root), let handle = FileHandle(forReadingAtPath: path) else {
            throw Problem.unknown("the file of the job is no longer in the shared directory")
        }
        self.handle = handle
    }

    /// `nil` at the end.
    func next() throws -> [UInt8]? {
        guard let piece = try handle.read(upToCount: Self.pieceBytes), !piece.isEmpty else { return nil }
        return Array(piece)
    }
}
