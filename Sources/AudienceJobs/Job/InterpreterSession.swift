package import HindsightCore

/// What notes share when their paragraphs run: Zeppelin's interpreter setting, with the variables of one session.
package enum InterpreterSession {
    /// The setting of an interpreter: `spark` of `spark.pyspark`.
    package static func setting(of interpreter: String) -> String { String(interpreter.prefix { $0 != "." }) }

    /// Of the events by which a job takes the session.
    package static func tag(_ setting: String) -> Tag {
        do { return try Tag(key: "session", value: setting) } catch { preconditionFailure("an interpreter's name is a tag's value") }
    }

    /// The events by which jobs take the session, one after the other.
    package static func uses(of setting: String) -> EventQuery {
        EventQuery([.init(types: [JobStarted.type, JobResumed.type], tags: [tag(setting)])])
    }
}
