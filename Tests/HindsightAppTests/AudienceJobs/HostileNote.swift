import Foundation
import HindsightCore

/// A template that writes the values it got back into a file.
enum HostileNote {
    /// - Parameter way: `variables` or `forms`.
    static func template(parametersAs way: String = "variables") -> String {
        """
        name: hostile
        kind: report
        noteId: 2HOSTILE00
        variables: { title: Variables }
        parametersAs: \(way)
        parameters:
          type: object
          additionalProperties: false
          properties:
            values: { type: array, items: { type: string } }
            nothing: { type: "null" }
            big: { type: integer }
        artifact: { path: "{job}.csv", result: RESULT }
        """
    }

    /// The note, as the runner imports it.
    static func file() throws -> URL {
        let echo = """
            %python
            import hashlib, json, os
            text = json.dumps({"big": big, "nothing": nothing, "values": values}).encode()
            open(os.path.join(os.environ["HINDSIGHT_SHARED_DIRECTORY"], output_name), "wb").write(text)
            print("RESULT " + json.dumps(
                {"job": job_id, "file": output_name, "rows": 1, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}))
            """
        let note: JSONValue = [
            "id": "2HOSTILE00", "path": "/templates/hostile",
            "paragraphs": [
                ["id": "p1", "title": "Variables", "text": "%python\nvalues, nothing, big = [], 0, 0"],
                ["id": "p2", "title": "Echo", "text": .string(echo)],
            ],
        ]
        let file = URL(filePath: NSTemporaryDirectory()).appending(path: "hostile-\(UUID().uuidString).json")
        try Data(JSON.encode(note)).write(to: file)
        return file
    }
}
