import Foundation
import HindsightApp
import Logging

extension Logger {
    /// Where a process that runs for long says what an operator should know: standard error, as text on a terminal, else as JSON.
    static func service(_ settings: Configuration.Logging) -> Logger {
        let chosen = settings.format.map { $0 == .json ? StructuredLogHandler.Form.json : .text }
        let form = chosen ?? (isatty(StructuredLogHandler.standardError) == 1 ? .text : .json)
        return Logger(label: "hindsight") { StructuredLogHandler(label: $0, form: form, level: settings.level) }
    }
}
