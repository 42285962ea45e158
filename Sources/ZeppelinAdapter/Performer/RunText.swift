package import AudienceJobs
import HindsightCore

/// What a paragraph's output says about its end.
package enum RunText {
    /// The JSON after the last line that begins with `word`; `nil` if there is none that can be read.
    package static func reportedArtifact(_ word: String, in texts: [String]) -> ReportedArtifact? {
        last(word, in: texts)
    }

    /// What a preview of the job counted, by the same rule.
    package static func count(_ word: String, of job: String, in texts: [String]) -> Int? {
        let reported: ReportedCount? = last(word, in: texts)
        return reported.flatMap { $0.job == job && $0.rows >= 0 ? $0.rows : nil }
    }

    private static func last<Report: EffectContent>(_ word: String, in texts: [String]) -> Report? {
        var reported: Report?
        let mark = word + " "
        for line in texts.joined(separator: "\n").split(whereSeparator: \.isNewline) where line.hasPrefix(mark) {
            do {
                reported = try JSON.decode(Report.self, from: Array(line.dropFirst(mark.count).utf8))
            } catch {
                // The word with anything else behind it is no report: the check will miss it.
                reported = nil
            }
        }
        return reported
    }

    /// Why a paragraph ended with an error, as far as its text tells, and the kind of error.
    package static func cause(of texts: [String]) -> (cause: FailureCause, error: String?) {
        let text = texts.joined(separator: "\n")
        if signsOfDeath.contains(where: text.contains) { return (.interpreterDied, nil) }
        let last = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) } ?? ""
        let kind = last.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        guard ["Error", "Exception", "Interrupt", "Exit"].contains(where: kind.hasSuffix) else { return (.paragraphError, nil) }
        let isUnknownName = kind == "NameError" && last.hasSuffix("is not defined")
        return (isUnknownName ? .namesLost : .paragraphError, String(kind))
    }

    /// What Zeppelin prints when the process behind an interpreter is gone.
    private static let signsOfDeath = ["Interpreter process is not running", "TTransportException", "java.net.ConnectException"]
}
