import AudienceJobs
import FoundationEssentials
package import HindsightCore

/// The paragraph that brings a form's values into the notebook.
///
/// They travel as one JSON document in base 64 and are decoded in the notebook, so no value can become code, whatever it holds.
package enum ParametersParagraph {
    /// What the titles of such paragraphs begin with, and no title of a template may.
    static let titlePrefix = "job:"

    /// - Parameter outputName: The artifact's path below the shared directory.
    package static func text(
        job: String, outputName: String, parameters: JSONValue, interpreter: String
    ) throws -> String {
        let document: JSONValue = ["job": .string(job), "output": .string(outputName), "parameters": parameters]
        let data = Data(try JSON.encode(document)).base64EncodedString()
        return """
            %\(interpreter)
            # The form's values as data, one variable each. Written by Hindsight; a change here stops the job.
            import base64 as _base64, json as _json
            _form = _json.loads(_base64.b64decode("\(data)").decode("utf-8"))
            globals().update(_form["parameters"])
            job_id, output_name = _form["job"], _form["output"]
            """
    }
}
