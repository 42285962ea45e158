import FoundationEssentials
import Glibc

/// Keeps every note in a file of its own below one folder, each replaced in one step.
///
/// What was saved survives a kill of the runner at any moment: a file is either the old note or the new one.
struct NoteStore: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let folder: String

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Every note of the folder; half-written files of a killed runner are removed.
    func load() throws -> [Note] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().compactMap { name in
            let path = folder + "/" + name
            if name.hasSuffix(".part") {
                try FileManager.default.removeItem(atPath: path)
                return nil
            }
            guard name.hasSuffix(".json"), let bytes = FileManager.default.contents(atPath: path) else { return nil }
            do {
                return try JSONDecoder().decode(Note.self, from: bytes)
            } catch {
                throw Failure(description: "\(path) is not a stored note: \(error)")
            }
        }
    }

    func save(_ note: Note) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(note), to: path(of: note.id))
    }

    func remove(_ id: String) throws {
        guard unlink(path(of: id)) == 0 || errno == ENOENT else {
            throw Failure(description: "cannot remove \(path(of: id)): \(String(cString: strerror(errno)))")
        }
    }

    private func path(of id: String) -> String { "\(folder)/\(id).json" }
}

/// Writes a file beside its place and renames it, so that a reader never sees a part of it.
enum AtomicFile {
    static func write(_ bytes: Data, to path: String) throws {
        try bytes.write(to: URL(filePath: path + ".part"))
        guard rename(path + ".part", path) == 0 else {
            throw NoteStore.Failure(description: "cannot rename \(path).part: \(String(cString: strerror(errno)))")
        }
    }
}
