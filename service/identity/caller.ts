/** Who a request comes from. */
export interface Caller {
  userId: string;
  email: string;
  handle: string;
  teamId: string;
  teamName: string;
  /** `service-token`: a token that was made for programs, personal or the team's. */
  kind: "user" | "service-token";
  scopes?: string[];
}
