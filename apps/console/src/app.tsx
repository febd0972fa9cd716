import { Button, Title } from '@mantine/core';
import { Link, Redirect, Route, Switch } from 'wouter';
import { DashboardPage } from './dashboard/dashboard-page.js';
import { EnvironmentPage } from './environment/environment-page.js';
import { MembersPage } from './network/members-page.js';
import { Empty } from './parts/states.js';
import { Shell } from './shell/shell.js';

/** With a section and, within runs, the run. */
const ENVIRONMENT = '/consortia/:c/environments/:e/:section?/:id?';

/** Every page under its path. */
export const App = () => (
  <Shell>
    <Switch>
      <Route path="/">
        <DashboardPage />
      </Route>
      <Route path="/sign-in">
        <Redirect to="/" replace />
      </Route>
      <Route path="/consortia/:c/members">{({ c }) => <MembersPage c={c} />}</Route>
      <Route path={ENVIRONMENT}>
        {({ c = '', e = '', section, id }: Partial<Record<string, string>>) => (
          <EnvironmentPage place={{ c, e }} section={section ?? 'overview'} id={id} />
        )}
      </Route>
      <Route>
        <main className="page">
          <title>Not found · Chainkeep</title>
          <Title order={1} size="h2" mb="md">
            Not found
          </Title>
          <Empty
            title="Page not found"
            action={
              <Button component={Link} href="/">
                Go to environments
              </Button>
            }
          >
            Check the address. The page may also have been removed.
          </Empty>
        </main>
      </Route>
    </Switch>
  </Shell>
);
