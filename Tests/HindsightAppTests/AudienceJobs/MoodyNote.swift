import Foundation
import HindsightCore

/// A template with a paragraph that fails until a file stands in the shared directory, and one that makes the job's file.
enum MoodyNote {
    static let template = """
        name: moody
        kind: report
        noteId: 2MOODY0000
        variables: { title: Variables }
        parameters: { type: object, additionalProperties: false }
        artifact: { path: "{job}.csv" }
        """
    static let form: JSONValue = ["template": "moody", "parameters": [:]]
    /// The paragraphs that a pass runs, the one with the parameters between the first two of the template.
    static let steps = 5

    /// The note, as the runner imports it.
    static func file() throws -> URL {
        let note: JSONValue = [
            "id": "2MOODY0000", "path": "/templates/moody",
            "paragraphs": [
                ["id": "p1", "title": "Variables", "text": "%python\nimport os"],
                ["id": "p2", "title": "Count", "text": "%python\nrows = 7"],
                [
                    "id": "p3", "title": "Mood",
                    "text": """
                    %python
                    if not os.path.exists(os.path.join(os.environ["HINDSIGHT_SHARED_DIRECTORY"], "mood")): raise ValueError("not today")
                    """,
                ],
                [
                    "id": "p4", "title": "File",
                    "text": """
                    %python
                    open(os.path.join(os.environ["HINDSIGHT_SHARED_DIRECTORY"], output_name), "w").write(str(rows))
                    """,
                ],
            ],
        ]
        let file = URL(filePath: NSTemporaryDirectory()).appending(path: "moody-\(UUID().uuidString).json")
        try Data(JSON.encode(note)).write(to: file)
        return file
    }
}
