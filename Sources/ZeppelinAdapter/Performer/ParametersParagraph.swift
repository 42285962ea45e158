import AudienceJobs
import FoundationEssentials
package import HindsightCore

/// The paragraph that brings a form's values into the notebook.
///
/// They travel as one JSON document in base 64 and are decoded in the notebook, so no value can become code, whatever it holds. The document
/// stands in the paragraph's text, or in a dynamic form of the paragraph: then the text is the same for all jobs.
package enum ParametersParagraph {
    /// What the titles of such paragraphs begin with, and no title of a template may.
    static let titlePrefix = "job:"
    /// The dynamic form that holds the document.
    package static let formName = "hindsight"

    /// With the document in it.
    package static func text(document: String, interpreter: String) -> String {
        text(
            interpreter, "The form's values as data, one variable each. Written by Hindsight; a change here stops the job.",
            reading: "\"\(document)\"")
    }

    /// Asks the dynamic form ``formName`` for the document.
    package static func textWithForm(interpreter: String) -> String {
        text(
            interpreter,
            "The form's values as data, one variable each. Written by Hindsight, which fills the form; a change here stops the job.",
            reading: "z.textbox(\"\(formName)\")")
    }

    private static func text(_ interpreter: String, _ comment: String, reading document: String) -> String {
        """
        %\(interpreter)
        # \(comment)
        import base64 as _base64, json as _json
        _form = _json.loads(_base64.b64decode(\(document)).decode("utf-8"))
        globals().update(_form["parameters"])
        job_id, output_name = _form["job"], _form["output"]
        """
    }

    /// - Parameter outputName: The artifact's path below the shared directory.
    package static func document(job: String, outputName: String, parameters: JSONValue) throws -> String {
        let document: JSONValue = ["job": .string(job), "output": .string(outputName), "parameters": parameters]
        return Data(try JSON.encode(document)).base64EncodedString()
    }
}
