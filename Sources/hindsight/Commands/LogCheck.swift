import ArgumentParser
import HindsightApp
import HindsightCore

extension LogCommand {
    struct Check: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Look through the file, and read every event under this program. Exit code 3 if something is found.",
            discussion: """
                First what the database and its indexes should not show: pages, schema, names, versions, index. Then whether this program \
                can read what is there, so that a new one is tried on a copy of the log before it is released: types of the built-in \
                domains that it does not know, schema versions that it does not read, data that does not decode. Types of your own, in \
                streams of your own, are left alone. Each finding is a line, with the positions of the first events it concerns and never \
                a value of theirs; what had to be upcast is a line too, of severity note. Whether the content is what was once recorded, \
                `hindsight log verify` says.
                """)
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func run(in session: Session) async throws {
            let bars = ProgressBars()
            session.note("nothing was found so far, and not everything was looked at")
            let application = try session.openForInspection()
            let damage = try await application.check { bars.bar("checking", unit: "events").update($0, of: $1) }
            ProgressBar.clearLine()
            var printer = Printer(
                [
                    Printer.Column("AREA"), Printer.Column("POSITION", isNumber: true), Printer.Column("EVENTS", isNumber: true),
                    Printer.Column("PROBLEM"),
                ], format: session.format)
            for finding in damage {
                try printer.print(finding, cells: [finding.area, finding.position.map { String($0) } ?? "", "", finding.problem])
            }
            let decoding: DecodingCheck.Report
            do {
                decoding = try await DecodingCheck.run(application.log) { bars.bar("reading", unit: "events").update($0, of: $1) }
            } catch EventLogError.damaged(let position, let reason) {
                ProgressBar.clearLine()
                try printer.finish()
                let place = position.map { " at position \($0)" } ?? ""
                throw DamageFound(description: "the events cannot be read to the end: the log is damaged\(place): \(reason)")
            }
            ProgressBar.clearLine()
            for finding in decoding.findings {
                try printer.print(
                    finding, cells: [finding.area.rawValue, String(finding.position), String(finding.events), finding.problem])
            }
            try printer.finish()
            if session.format == .table { try Terminal.write("\n" + decoding.sentence) }
            try Self.judge(damage, decoding)
        }

        private static func judge(_ damage: [FileFinding], _ decoding: DecodingCheck.Report) throws {
            var complaints: [String] = []
            if !damage.isEmpty { complaints.append("\(damage.count) things are not as they should be") }
            if decoding.unreadable > 0 { complaints.append("\(decoding.unreadable) events cannot be read by this program") }
            guard complaints.isEmpty else { throw DamageFound(description: complaints.joined(separator: "; ")) }
        }
    }
}

extension DecodingCheck.Report {
    fileprivate var sentence: String {
        let own = usersOwn > 0 ? ", \(usersOwn) of them of types of your own, which are left alone" : ""
        let erased = erased > 0 ? "; of \(erased) the data was erased" : ""
        let upcast = upcast > 0 ? "; \(upcast) were upcast from older versions" : ""
        return "\(events) events\(own)\(erased)\(upcast); \(unreadable == 0 ? "all" : "all but \(unreadable)") can be read by this program"
    }
}
