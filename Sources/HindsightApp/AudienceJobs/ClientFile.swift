import AudienceJobs
import Foundation
import HindsightCore

/// The clients of an attached audience, from the very file that was checked.
struct ClientFile {
    let ids: [String]

    /// - Parameter column: The column that no two rows share.
    /// - Throws: ``AudienceUnreadable`` for a file that is gone or is no longer the one that was attached.
    init(_ audience: OfferRow.Audience, column: String, in folder: String) throws {
        // The path was checked before it was recorded; a link put in its place since must not lead elsewhere.
        let root = URL(filePath: folder).resolvingSymlinksInPath().path + "/"
        let path = URL(filePath: folder).appending(path: audience.path).resolvingSymlinksInPath().path
        guard path.hasPrefix(root), let content = FileManager.default.contents(atPath: path) else {
            throw AudienceUnreadable(type: audience.type, reason: "its file is no longer in the shared directory")
        }
        guard Digest.hexadecimal(ofBytes: Array(content)) == audience.sha256 else {
            throw AudienceUnreadable(type: audience.type, reason: "its file is not the one that was attached")
        }
        do {
            let table = try CSVTable(Array(content), file: audience.path)
            guard table.heading.contains(column) else {
                throw AudienceUnreadable(type: audience.type, reason: "its file has no column \(column)")
            }
            ids = try table.map { try $0.get()[column] }
        } catch is TableError {
            throw AudienceUnreadable(type: audience.type, reason: "its file is not a well-formed table")
        }
    }
}

/// Why the clients of an audience can't be counted now.
package struct AudienceUnreadable: Error, Sendable, Equatable, CustomStringConvertible {
    package let type: String
    package let reason: String

    package var description: String { "the audience \(type) cannot be counted: \(reason)" }
}
