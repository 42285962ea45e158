/// A note as it is stored: one file holds its paragraphs, settings and permissions, so that they change together.
struct Note: Sendable, Codable, Equatable {
    let id: String
    /// The place in the tree of notes, with a leading `/`.
    var path: String
    var paragraphs: [Paragraph] = []
    var config = Note.plainConfig
    var info: [String: JSON] = [:]
    var noteParams: [String: JSON] = [:]
    var noteForms: [String: JSON] = [:]
    var permissions: Permissions
    /// The note that this one was cloned from; lets a restart see whether the journal has the clone.
    var clonedFrom: String?

    static let plainConfig: [String: JSON] = ["isZeppelinNotebookCronEnable": false]

    /// The last part of the path.
    var name: String { String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...]) }

    /// The whole path without its leading `/`, which is what versions without paths call a note's name.
    var place: String { String(path.drop { $0 == "/" }) }

    func index(of paragraph: String) -> Int? { paragraphs.firstIndex { $0.id == paragraph } }

    /// A copy under another id and path. Permissions are not copied: the cloner owns it and the other lists are empty.
    func cloned(as id: String, at path: String, by user: String, withSettings: Bool) -> Note {
        var clone = Note(
            id: id, path: path, paragraphs: paragraphs.map { $0.cloned(for: user) }, permissions: .publicNote(of: user),
            clonedFrom: self.id)
        if withSettings {
            (clone.config, clone.info) = (config, info)
            (clone.noteParams, clone.noteForms) = (noteParams, noteForms)
        }
        return clone
    }
}

/// Ids in the form that Zeppelin gives them.
enum NoteID {
    /// Nine characters that begin with `2`, without those that are easily mistaken for others.
    static func make() -> String {
        let alphabet = Array("123456789ABCDEFGHJKMNPQRSTUVWXYZ")
        return "2" + String((0..<8).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }

    static func makeParagraph() -> String {
        "paragraph_\(Instant.now().microseconds / 1_000)_\(Int.random(in: 0...Int(Int32.max)))"
    }

    /// Ids become file names, so an imported one may hold letters, digits, `_`, `-` only.
    static func isValid(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
