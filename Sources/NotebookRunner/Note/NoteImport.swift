import FoundationEssentials

/// Reads notes from Zeppelin's own note files, so that a template can be brought under a fixed id.
enum NoteImport {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// One note, or an array of them: `id`, `path` or `name`, `paragraphs[{id,title,text,config}]`.
    ///
    /// Imported notes belong to nobody: their four lists are empty, so that every user may read and clone them.
    static func notes(inFile path: String) throws -> [Note] {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw Malformed(description: "cannot read \(path)") }
        guard let json = try JSON.parse(bytes) else { throw Malformed(description: "\(path) is empty") }
        return try (json.array ?? [json]).map { try note(from: $0, path) }
    }

    static func note(from json: JSON, _ file: String) throws -> Note {
        guard let id = json["id"]?.string, NoteID.isValid(id) else {
            throw Malformed(description: "\(file): `id` of a note has to be letters, digits, `_` and `-`")
        }
        guard let place = place(in: json) else {
            throw Malformed(description: "\(file): note \(id) has neither `path` nor `name`")
        }
        let path = place.hasPrefix("/") ? place : "/" + place
        let paragraphs = try (json["paragraphs"]?.array ?? []).map { paragraph in
            let id = paragraph["id"]?.string ?? NoteID.makeParagraph()
            guard NoteID.isValid(id) else {
                throw Malformed(description: "\(file): `id` of a paragraph has to be letters, digits, `_` and `-`")
            }
            return Paragraph(
                id: id, title: paragraph["title"]?.string, text: paragraph["text"]?.string, user: "anonymous",
                config: paragraph["config"]?.object ?? [:], params: paragraph["settings"]?["params"]?.object ?? [:],
                forms: paragraph["settings"]?["forms"]?.object ?? [:])
        }
        guard Set(paragraphs.map(\.id)).count == paragraphs.count else {
            throw Malformed(description: "\(file): note \(id) has two paragraphs of one `id`")
        }
        return Note(
            id: id, path: path, paragraphs: paragraphs, config: json["config"]?.object ?? Note.plainConfig,
            info: json["info"]?.object ?? [:], noteParams: json["noteParams"]?.object ?? [:],
            noteForms: json["noteForms"]?.object ?? [:], permissions: Permissions())
    }

    /// The place that a note file names: `path`, or `name` in a file of an older version.
    static func place(in json: JSON) -> String? {
        guard let place = json["path"]?.string ?? json["name"]?.string, !place.isEmpty else { return nil }
        return place
    }
}
