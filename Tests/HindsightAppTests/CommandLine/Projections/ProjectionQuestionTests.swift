import Foundation
import Testing

@Suite("Command line: questions about the past that have no answer") struct ProjectionQuestionTests {
    @Test("Each is answered with one clear line and the exit code that fits, and what was before the first event is empty")
    func badQuestions() async throws {
        let folder = try CommandLineFolder()
        try await ManyOffers.write(3, in: folder)
        func asked(_ arguments: String) async throws -> CommandLineFolder.Result {
            try await folder.shell("$HINDSIGHT projections \(arguments)")
        }
        let wrong = [
            ("rows offers --at yesterday", 2, "give an instant like 2026-01-31T12:00:00Z, or position:42"),
            ("rows offers --at 2026-01-01T00:00:00", 2, "give an instant like 2026-01-31T12:00:00Z, or position:42"),
            ("rows offers --at position:-1", 2, "give an instant"), ("digest offers --at position:x", 2, "give an instant"),
            ("rows offers --at 2999-01-01T00:00:00Z", 1, "is not past yet"), ("digest offers --at 2999-01-01T00:00:00Z", 1, "is not past"),
            ("rows offers --at position:4", 1, "the log ends at position 3"), ("digest --at position:4", 1, "the log ends at position 3"),
            ("rows offers --where colour=red", 2, "is not index=value of a declared index: offers has none"),
            ("rows invoices --where colour=red", 2, "invoices has"), ("rows invoices --where status", 2, "is not index=value"),
            ("rows offers --key none", 1, "the projection offers has no row with this key at this time"),
            ("rows offers --key o1 --at position:1", 1, "the projection offers has no row with this key at this time"),
            ("rows offers --key o1 --where a=b", 2, "exclude each other"), ("rows offers --limit 0", 2, "--limit starts at 1"),
            ("rows offers --occurred 2026-01-01T00:00:00Z", 2, "name it with --key"),
            ("diff offers none --from position:0 --to position:1", 1, "has no row with this key"),
            ("diff offers o1 --from position:0 --to position:9", 1, "the log ends at position 3"),
            ("why offers o1 colour", 1, "the row has had no field /colour by this time"), ("why offers none offer", 1, "has no row"),
        ]
        for (question, code, complaint) in wrong {
            let result = try await asked(question)
            #expect(result.code == code && result.isOneLineOfError && result.output.isEmpty, "\(question): \(result.code) \(result.errors)")
            #expect(result.errors.contains(complaint), "\(question): \(result.errors)")
        }
        for command in ["rows", "digest", "status", "rebuild", "verify", "cancel", "rollback", "resume"] {
            let result = try await asked("\(command) none")
            #expect(result.code == 1 && result.isOneLineOfError, "\(command): \(result.errors)")
            #expect(result.errors.contains("there is no projection none"), "\(command): \(result.errors)")
        }
        for moment in ["position:0", "2000-01-01T00:00:00Z"] {
            let before = try await asked("rows offers --at \(moment)")
            #expect(before.code == 0 && before.output.isEmpty && before.errors.isEmpty)
            #expect(try await asked("digest offers --at \(moment)").output.contains(#""position":0"#))
        }
        #expect(try await asked("rows offers --at position:2").lines.count == 2)
        #expect(try await asked("rows offers --key o1").lines.count == 1)
    }
}
