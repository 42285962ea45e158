import AudienceJobs
import HindsightCore
import Testing

@Suite("Why an event of an audience job came about") struct ExplanationTests {
    private func words(_ explanation: AudienceJobsDomain.Explanation) -> String {
        let lost = explanation.lost.map { "\($0.value) (\($0.reason))" }.joined(separator: "; ")
        return "\(explanation.by ?? "—") | \(explanation.reason ?? "—") | \(lost)"
    }

    @Test("Each change of a job's status has its reason") func job() async throws {
        let history = try await Facts.running().map { words(AudienceJobsDomain.explanation(of: $0)) }
        #expect(
            history == [
                "template by-purchases | the form was accepted | ", "— | it was the job's turn | ",
                "notebook | the job has its own note 2CLONE | ", "notebook | the rights were read back as they were set | ",
                "notebook | the form's values stand in paragraph 3 | ", "— | the paragraph before it had finished | ",
            ])
        let failed = JobFailed(job: Facts.job, cause: .artifactEmpty, reason: "No client fits the form.", at: Facts.now)
        #expect(words(AudienceJobsDomain.explanation(of: .failed(failed))) == "artifact-empty | No client fits the form. | ")
        let lost = SessionLost(job: Facts.job, pass: 1, cause: .interpreterDied, at: Facts.now)
        #expect(words(AudienceJobsDomain.explanation(of: .sessionLost(lost))) == "notebook | interpreter-died | pass 1 (interpreter-died)")
        let again = Facts.requested(pass: 2, step: 0)
        #expect(words(AudienceJobsDomain.explanation(of: .paragraphRequested(again))) == "— | pass 2: the session before was lost | ")
    }

    @Test("An audience that gives way, and a registration that holds again, are named") func offersAndTemplates() throws {
        let attached = AudienceAttached(
            offer: Facts.offer, job: Facts.job, audienceType: "new", cashback: nil, precedence: 1, path: "a.csv", rows: 1, sha256: "s",
            replaces: Facts.job, at: Facts.now)
        #expect(
            words(AudienceJobsDomain.explanation(of: .audienceAttached(attached)))
                == "job \(Facts.job) | — | job \(Facts.job) (a newer audience of type new takes its place)")
        let restored = TemplateRestored(try Facts.registration(), number: 1, reason: "the old form", at: Facts.now)
        #expect(words(AudienceJobsDomain.explanation(of: .restored(restored))) == "registration 1 | the old form | ")
    }
}
